"""The hasher of one Django release and of the next, which hashes a password more often."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class OldHasher(PBKDF2PasswordHasher):
    iterations = 10


class NewHasher(PBKDF2PasswordHasher):
    iterations = 20
