package dev.poro.engine;

import dev.poro.events.RecordFlags;

/** Whether a value is stored, by what is under the key. */
public enum SetIf {
    /** In any case. */
    ALWAYS(RecordFlags.NO_GUARD),
    /** Only if the key is absent. */
    ABSENT(RecordFlags.IF_ABSENT),
    /** Only if the key is present. */
    PRESENT(RecordFlags.IF_PRESENT);

    private final int flags;

    SetIf(int flags) {
        this.flags = flags;
    }

    /** The bits of {@link RecordFlags}. */
    int flags() {
        return flags;
    }
}
