"""The promises of the door for strangers' photos."""
