"""The application: command line, intake, pipeline, records, reports."""

from importlib.metadata import version

__version__ = version("worksample")
