"""Questions about rounds: each reads the store and answers plain, frozen values. No platform, no drawing, no output."""
