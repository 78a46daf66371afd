/**
 * Stress with the event ring: many producers with any mix of operations, and a proof at the end that no event was lost,
 * doubled or reordered.
 *
 * <pre>
 *   Stress ── options ──▶ StressRun ── a thread each ──▶ Producer ── set, delete, get ──▶ Poro
 *      │                     └── LiveTable: once a second        │
 *      │                                                         └── Script: what it does next
 *      └──▶ Proof ── every record of the log ──▶ LogChecker ── the same Script again
 * </pre>
 *
 * <p>The seed alone determines what a producer does ({@link dev.poro.perf.stress.Script}). So the proof needs no record
 * of what was done: it reads the log, repeats every producer's script, and compares each record with the script's next
 * event.
 */
package dev.poro.perf.stress;
