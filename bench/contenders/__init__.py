"""The contenders, each written the way its framework's own guide would write it."""
