package dev.poro.command;

import java.util.List;

/**
 * A part of an iteration over all keys. Who follows the cursors from {@value #START} until {@value #END} comes back gets
 * each key that was there all the time.
 *
 * @param next the cursor of the next page; {@link #END} if this was the last
 * @param keys in no particular order; there may be none although others follow
 */
public record KeyPage(long next, List<byte[]> keys) {
    /** The cursor of the first page. */
    public static final long START = 0;

    /** The cursor after the last page. */
    public static final long END = 0;
}
