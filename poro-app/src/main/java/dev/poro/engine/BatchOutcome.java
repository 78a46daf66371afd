package dev.poro.engine;

/**
 * What became of a {@link Batch}.
 *
 * @param committed whether it happened; if not, a requirement was not met, and nothing was changed
 * @param sequence of the log if it happened: the version of every entry that it changed; 0 if not
 * @param unmet the number of the requirement that was not met, in the order in which they were made, from 0 on; -1 if
 *     all were, or if that of the whole batch was not
 */
public record BatchOutcome(boolean committed, long sequence, int unmet) {}
