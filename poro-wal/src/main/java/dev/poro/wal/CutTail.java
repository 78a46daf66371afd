package dev.poro.wal;

/**
 * A piece of an unforced tail that opening, or a repair, cuts off.
 *
 * @param file the segment's name within the directory
 * @param offset where the piece begins; 0 if the whole segment goes
 * @param bytes up to the last one that is not zero
 * @param quarantine the name of the file that keeps them; {@code null} of a segment that was never used: it is
 *     deleted, and no report has it
 */
public record CutTail(String file, long offset, long bytes, String quarantine) {}
