"""Features of card payments, as they were known when each payment was made."""

from features.calendar import add_calendar
from features.history import add_lags, add_windows, tidy
from features.rates import add_rates, add_train_rates, fit_rates

__all__ = ["add_calendar", "add_lags", "add_rates", "add_train_rates", "add_windows", "fit_rates", "tidy"]
