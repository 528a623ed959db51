"""``python -m trustsurvey``."""

from trustsurvey.cli import main

if __name__ == "__main__":
    main()
