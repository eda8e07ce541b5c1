"""Who may ask, what they have paid for, and how fast they may ask."""

from tilewright.accounts.audit import differences
from tilewright.accounts.credits import (
    balance,
    charge,
    grant,
    hold,
    line_up,
    release,
    statement,
)
from tilewright.accounts.keys import (
    DAY,
    LONGEST_LIFE,
    PREFIX,
    SHOWN,
    Caller,
    Key,
    account_name,
    any_key,
    authenticate,
    create_account,
    create_key,
    end_of_life,
    find_account,
    is_stale,
    list_keys,
    revoke,
    touch,
    webhook_secret,
)
from tilewright.accounts.limits import Allowance, take
from tilewright.accounts.money import to_dollars, to_micros
from tilewright.accounts.roster import Account, list_accounts
from tilewright.accounts.usage import Usage, usage

__all__ = [
    "DAY",
    "LONGEST_LIFE",
    "PREFIX",
    "SHOWN",
    "Account",
    "Allowance",
    "Caller",
    "Key",
    "Usage",
    "account_name",
    "any_key",
    "authenticate",
    "balance",
    "charge",
    "create_account",
    "create_key",
    "differences",
    "end_of_life",
    "find_account",
    "grant",
    "hold",
    "is_stale",
    "line_up",
    "list_accounts",
    "list_keys",
    "release",
    "revoke",
    "statement",
    "take",
    "to_dollars",
    "to_micros",
    "touch",
    "usage",
    "webhook_secret",
]
