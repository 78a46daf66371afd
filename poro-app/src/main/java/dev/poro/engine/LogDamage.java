package dev.poro.engine;

import dev.poro.wal.LogProblem;

/**
 * A part of a log that cannot be read.
 *
 * @param file the name of its file
 * @param offset where in the file it begins, in bytes
 * @param bytes its length, up to the last byte that is not zero
 * @param cause what is wrong
 */
public record LogDamage(String file, long offset, long bytes, String cause) {
    static LogDamage of(LogProblem problem) {
        return new LogDamage(problem.file(), problem.offset(), problem.bytes(), problem.cause());
    }
}
