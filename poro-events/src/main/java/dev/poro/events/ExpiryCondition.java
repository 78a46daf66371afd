package dev.poro.events;

/**
 * When an {@link EventType#EXPIRE_AT} takes effect on a key that is there. The code is part of the log's format. A key
 * without an expiry never expires, which counts as later than any time.
 */
public enum ExpiryCondition {
    /** In any case. */
    ALWAYS(0),
    /** Only if the key has no expiry (Redis: NX). */
    IF_NONE(1),
    /** Only if the key has an expiry (Redis: XX). */
    IF_SOME(2),
    /** Only if the new expiry is later (Redis: GT). */
    IF_LATER(3),
    /** Only if the new expiry is earlier (Redis: LT). */
    IF_EARLIER(4);

    private static final ExpiryCondition[] BY_CODE = values();

    private final int code;

    ExpiryCondition(int code) {
        this.code = code;
    }

    /** The byte that stands for this condition in a record. */
    public int code() {
        return code;
    }

    /** The condition with this code, or {@code null} for one that this version does not know. */
    static ExpiryCondition ofCode(int code) {
        return code < BY_CODE.length ? BY_CODE[code] : null;
    }
}
