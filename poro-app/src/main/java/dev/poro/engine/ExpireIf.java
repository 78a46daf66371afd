package dev.poro.engine;

import dev.poro.events.ExpiryCondition;

/** Whether the expiry of a key changes, by the one that it has. To have none counts as later than any time. */
public enum ExpireIf {
    /** In any case. */
    ALWAYS(ExpiryCondition.ALWAYS),
    /** Only if the key has no expiry. */
    NONE(ExpiryCondition.IF_NONE),
    /** Only if the key has an expiry. */
    SOME(ExpiryCondition.IF_SOME),
    /** Only if the new expiry is later. */
    LATER(ExpiryCondition.IF_LATER),
    /** Only if the new expiry is earlier. */
    EARLIER(ExpiryCondition.IF_EARLIER);

    private final ExpiryCondition condition;

    ExpireIf(ExpiryCondition condition) {
        this.condition = condition;
    }

    ExpiryCondition condition() {
        return condition;
    }
}
