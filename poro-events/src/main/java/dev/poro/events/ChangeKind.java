package dev.poro.events;

/** What an event did to a key. The codes are part of the format of the change log. */
public enum ChangeKind {
    /** The key has a new value, or the same one with another expiry. */
    SET(1),
    /** The key was present, and is absent. */
    DELETE(2),
    /** The entry of a key whose expiry had passed was removed. The key had been absent for readers since then. */
    EXPIRED(3),
    /** Every key is absent. This change has no key. */
    CLEARED(4);

    private static final ChangeKind[] BY_CODE = new ChangeKind[values().length + 1];

    static {
        for (ChangeKind kind : values()) {
            BY_CODE[kind.code] = kind;
        }
    }

    private final byte code;

    ChangeKind(int code) {
        this.code = (byte) code;
    }

    /** The number for it in the change log. */
    public byte code() {
        return code;
    }

    /** The kind with a code; {@code null} if there is none. */
    public static ChangeKind of(byte code) {
        return code > 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }
}
