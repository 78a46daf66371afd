/**
 * Stress with the event ring: many producers, any mix, and a proof at the end that nothing got lost, doubled or out of
 * order.
 *
 * <pre>
 *   Stress ── options ──▶ StressRun ── a thread each ──▶ Producer ── set, delete, get ──▶ Poro
 *      │                     └── LiveTable: once a second        │
 *      │                                                         └── Script: what it does next
 *      └──▶ Proof ── every record of the log ──▶ LogChecker ── the same Script again: is it the event that is due?
 * </pre>
 *
 * <p>What a producer does follows from the seed alone ({@link dev.poro.perf.stress.Script}). So the proof needs no
 * memory of what was done: it reads the log and has every producer's script repeated beside it.
 */
package dev.poro.perf.stress;
