"""What leaves the desk for other programs: sheets, and later ClaimReview and feeds.

Modules here take a claim's content and give texts. They know neither Flask nor SQL.
"""
