package dev.poro.engine;

import java.util.List;

/**
 * The keys of one step of a scan, see {@link Poro#scan(long, int)}.
 *
 * @param next the cursor of the next step; 0 if this was the last
 * @param keys in no particular order; may be empty before the last step
 */
public record ScanPage(long next, List<byte[]> keys) {}
