"""PKCS #11 through ctypes: the few functions that the doctor calls, with the library's own return codes.

python-pkcs11 hides the session limits and turns return codes into classes; the doctor needs both. A library promises
only C_GetFunctionList, so every function is taken from that list. The value of a key is never asked for.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator, Sequence
from ctypes import POINTER, Structure, byref, c_ubyte, c_ulong, c_void_p, cast

from evidence.doctor import names
from evidence.doctor.names import return_code

FUNCTIONS = tuple(
    str.split("""
    Initialize Finalize GetInfo GetFunctionList GetSlotList GetSlotInfo GetTokenInfo GetMechanismList GetMechanismInfo
    InitToken InitPIN SetPIN OpenSession CloseSession CloseAllSessions GetSessionInfo GetOperationState
    SetOperationState Login Logout CreateObject CopyObject DestroyObject GetObjectSize GetAttributeValue
    SetAttributeValue FindObjectsInit FindObjects FindObjectsFinal EncryptInit Encrypt EncryptUpdate EncryptFinal
    DecryptInit Decrypt DecryptUpdate DecryptFinal DigestInit Digest DigestUpdate DigestKey DigestFinal SignInit Sign
    SignUpdate SignFinal SignRecoverInit SignRecover VerifyInit Verify VerifyUpdate VerifyFinal VerifyRecoverInit
    VerifyRecover DigestEncryptUpdate DecryptDigestUpdate SignEncryptUpdate DecryptVerifyUpdate GenerateKey
    GenerateKeyPair WrapKey UnwrapKey DeriveKey SeedRandom GenerateRandom GetFunctionStatus CancelFunction
    WaitForSlotEvent
    """)
)
Memory = ctypes.Array[c_ubyte]
ROOM = 1024  # more than padding, tag or modulus ever add


class CryptokiError(Exception):
    """A function did not return CKR_OK. The text holds function and code, never an argument."""

    def __init__(self, function: str, code: int) -> None:
        super().__init__(f"C_{function}: {return_code(code)}")
        self.function = function
        self.code = code


class _Version(Structure):
    _fields_ = (("major", c_ubyte), ("minor", c_ubyte))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


class LibraryInfo(Structure):
    _fields_ = (
        ("cryptoki", _Version),
        ("manufacturer", c_ubyte * 32),
        ("flags", c_ulong),
        ("description", c_ubyte * 32),
        ("version", _Version),
    )


class TokenInfo(Structure):
    _fields_ = (
        ("label", c_ubyte * 32),
        ("manufacturer", c_ubyte * 32),
        ("model", c_ubyte * 16),
        ("serial", c_ubyte * 16),
        ("flags", c_ulong),
        ("max_sessions", c_ulong),
        ("sessions", c_ulong),
        ("max_rw_sessions", c_ulong),
        ("rw_sessions", c_ulong),
        ("lengths_and_memory", c_ulong * 6),
        ("hardware", _Version),
        ("firmware", _Version),
        ("time", c_ubyte * 16),
    )


class MechanismInfo(Structure):
    _fields_ = (("min_key", c_ulong), ("max_key", c_ulong), ("flags", c_ulong))


class _InitializeArguments(Structure):
    _fields_ = (("mutexes", c_void_p * 4), ("flags", c_ulong), ("reserved", c_void_p))


class _Attribute(Structure):
    _fields_ = (("type", c_ulong), ("value", c_void_p), ("length", c_ulong))


class _Mechanism(Structure):
    _fields_ = (("number", c_ulong), ("parameter", c_void_p), ("length", c_ulong))


class GcmParameters(Structure):
    _fields_ = (
        ("iv", c_void_p),
        ("iv_length", c_ulong),
        ("iv_bits", c_ulong),
        ("aad", c_void_p),
        ("aad_length", c_ulong),
        ("tag_bits", c_ulong),
    )


class OaepParameters(Structure):
    _fields_ = (
        ("hash", c_ulong),
        ("mgf", c_ulong),
        ("source", c_ulong),
        ("data", c_void_p),
        ("data_length", c_ulong),
    )


class _FunctionList(Structure):
    _fields_ = (("version", _Version), *((name, c_void_p) for name in FUNCTIONS))


def text(padded: Sequence[int]) -> str:
    """A fixed field of the library as text: padded with blanks, by some with NUL."""
    return bytes(padded).split(b"\0", 1)[0].decode("utf-8", "replace").strip()


def memory(data: bytes) -> Memory:
    """The bytes where the library can read and write them."""
    return (c_ubyte * len(data))(*data)


class Library:
    """A PKCS#11 library, initialised. OSError: it does not load. CryptokiError: it loads and refuses."""

    def __init__(self, path: str) -> None:
        self._shared = ctypes.CDLL(path)
        if not hasattr(self._shared, "C_GetFunctionList"):
            raise OSError(f"{path}: no PKCS#11 library: it has no C_GetFunctionList")
        listed = POINTER(_FunctionList)()
        code = self._shared.C_GetFunctionList(byref(listed))
        if code:
            raise CryptokiError("GetFunctionList", code)
        self._functions = listed.contents
        arguments = _InitializeArguments(flags=names.CKF_OS_LOCKING_OK)
        self.call("Initialize", byref(arguments))

    def call(self, function: str, *arguments: object) -> None:
        """Calls one function; integers must be c_ulong already. Raises CryptokiError."""
        address = getattr(self._functions, function)
        if not address:
            raise CryptokiError(function, 0x54)
        code = ctypes.CFUNCTYPE(c_ulong)(address)(*arguments)
        if code:
            raise CryptokiError(function, code)

    def close(self) -> None:
        """Ends every session, so that none is left on the HSM."""
        self.call("Finalize", None)

    def info(self) -> LibraryInfo:
        info = LibraryInfo()
        self.call("GetInfo", byref(info))
        return info

    def slots(self) -> tuple[int, ...]:
        """Slots that hold a token, in the library's order."""
        count = c_ulong()
        self.call("GetSlotList", c_ubyte(1), None, byref(count))
        listed = (c_ulong * max(count.value, 1))()
        self.call("GetSlotList", c_ubyte(1), listed, byref(count))
        return tuple(listed[: count.value])

    def token(self, slot: int) -> TokenInfo:
        info = TokenInfo()
        self.call("GetTokenInfo", c_ulong(slot), byref(info))
        return info

    def mechanisms(self, slot: int) -> tuple[int, ...]:
        count = c_ulong()
        self.call("GetMechanismList", c_ulong(slot), None, byref(count))
        listed = (c_ulong * max(count.value, 1))()
        self.call("GetMechanismList", c_ulong(slot), listed, byref(count))
        return tuple(listed[: count.value])

    def mechanism(self, slot: int, number: int) -> MechanismInfo:
        info = MechanismInfo()
        self.call("GetMechanismInfo", c_ulong(slot), c_ulong(number), byref(info))
        return info

    def open(self, slot: int, *, writable: bool) -> Session:
        handle = c_ulong()
        flags = names.CKF_SERIAL_SESSION | (names.CKF_RW_SESSION if writable else 0)
        self.call("OpenSession", c_ulong(slot), c_ulong(flags), None, None, byref(handle))
        return Session(self, handle.value)


class Mechanism:
    """A mechanism with its parameter, which is kept alive as long as it is used."""

    def __init__(self, number: int, parameter: Structure | Memory | None = None, *kept: object) -> None:
        self._kept = (parameter, *kept)
        where = None if parameter is None else c_void_p(ctypes.addressof(parameter))
        self.raw = _Mechanism(number, where, 0 if parameter is None else ctypes.sizeof(parameter))


class Session:
    """One session with a token."""

    def __init__(self, library: Library, handle: int) -> None:
        self._library = library
        self._handle = c_ulong(handle)

    def _call(self, function: str, *arguments: object) -> None:
        self._library.call(function, self._handle, *arguments)

    def login(self, pin: str) -> None:
        """Logs the user in. A wrong PIN counts towards the token's lock."""
        raw = memory(pin.encode())
        self._call("Login", c_ulong(names.CKU_USER), raw, c_ulong(len(raw)))

    def random(self, count: int) -> bytes:
        room = (c_ubyte * count)()
        self._call("GenerateRandom", room, c_ulong(count))
        return bytes(room)

    def find(self, template: dict[int, bytes]) -> Iterator[int]:
        """Handles of the objects that fit (attribute -> value)."""
        kept = [(number, memory(value)) for number, value in template.items()]
        wanted = [_Attribute(number, cast(value, c_void_p), len(value)) for number, value in kept]
        self._call("FindObjectsInit", (_Attribute * len(wanted))(*wanted), c_ulong(len(wanted)))
        handle, count = c_ulong(), c_ulong()
        found = []
        while True:
            self._call("FindObjects", byref(handle), c_ulong(1), byref(count))
            if not count.value:
                break
            found.append(handle.value)
        self._call("FindObjectsFinal")
        return iter(found)

    def attribute(self, key: int, number: int) -> bytes | None:
        """One attribute, None when the library does not say or may not."""
        wanted = _Attribute(number, None, 0)
        try:
            self._call("GetAttributeValue", c_ulong(key), byref(wanted), c_ulong(1))
            if wanted.length in (0, names.UNAVAILABLE):
                return b"" if wanted.length == 0 else None
            room = (c_ubyte * wanted.length)()
            wanted.value = cast(room, c_void_p)
            self._call("GetAttributeValue", c_ulong(key), byref(wanted), c_ulong(1))
        except CryptokiError as error:
            if error.code in (0x11, 0x12):
                return None
            raise
        return bytes(room)

    def number(self, key: int, number: int) -> int | None:
        raw = self.attribute(key, number)
        value = int.from_bytes(raw, sys.byteorder) if raw else None
        return None if value == names.UNAVAILABLE else value

    def flag(self, key: int, number: int) -> bool | None:
        raw = self.attribute(key, number)
        return raw != b"\0" if raw else None

    def encrypt(self, mechanism: Mechanism, key: int, plain: bytes) -> bytes:
        return self._transform("Encrypt", mechanism, key, plain)

    def decrypt(self, mechanism: Mechanism, key: int, cipher: bytes) -> bytes:
        return self._transform("Decrypt", mechanism, key, cipher)

    def sign(self, mechanism: Mechanism, key: int, data: bytes) -> bytes:
        return self._transform("Sign", mechanism, key, data)

    def verify(self, mechanism: Mechanism, key: int, data: bytes, signature: bytes) -> None:
        """CryptokiError CKR_SIGNATURE_INVALID when it does not fit."""
        self._call("VerifyInit", byref(mechanism.raw), c_ulong(key))
        self._call("Verify", memory(data), c_ulong(len(data)), memory(signature), c_ulong(len(signature)))

    def _transform(self, operation: str, mechanism: Mechanism, key: int, data: bytes) -> bytes:
        self._call(f"{operation}Init", byref(mechanism.raw), c_ulong(key))
        room = (c_ubyte * (len(data) + ROOM))()
        length = c_ulong(len(room))
        self._call(operation, memory(data), c_ulong(len(data)), room, byref(length))
        return bytes(room[: length.value])
