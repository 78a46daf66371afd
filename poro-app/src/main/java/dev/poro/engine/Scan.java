package dev.poro.engine;

import java.util.Objects;

/** What to scan of a store; {@link #open} begins. Not thread-safe. */
public final class Scan {
    private final Contents contents;
    private byte[] prefix = {};

    Scan(Contents contents) {
        this.contents = contents;
    }

    /** Only keys that begin with these bytes. All keys are visited for it. */
    public Scan prefix(byte[] bytes) {
        prefix = Objects.requireNonNull(bytes, "prefix").clone();
        return this;
    }

    /** {@link #prefix(byte[])} in UTF-8. */
    public Scan prefix(String text) {
        return prefix(Utf8.encode(text, "prefix"));
    }

    /**
     * A cursor before the first entry.
     *
     * @throws StoreClosedException if the store is closed
     */
    public EntryCursor open() {
        return new EntryCursor(contents, prefix);
    }
}
