package dev.poro.engine;

import dev.poro.wal.LogProblem;

/**
 * A part of a log that cannot be read.
 *
 * @param file its file
 * @param offset where in the file it begins
 * @param bytes how long it is, up to the last byte that is not zero
 * @param cause what is wrong there
 */
public record LogDamage(String file, long offset, long bytes, String cause) {
    static LogDamage of(LogProblem problem) {
        return new LogDamage(problem.file(), problem.offset(), problem.bytes(), problem.cause());
    }
}
