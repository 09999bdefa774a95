"""Features of card payments, as they were known when each payment was made."""

from features.calendar import add_calendar
from features.feed import tidy
from features.past import add_lags, add_windows
from features.rates import add_rates, add_train_rates, fit_rates

__all__ = ["add_calendar", "add_lags", "add_rates", "add_train_rates", "add_windows", "fit_rates", "tidy"]
