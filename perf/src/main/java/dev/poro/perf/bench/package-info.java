/**
 * Poro and its peers, side by side: {@code perf/bin/bench}.
 *
 * <p>{@link dev.poro.perf.bench.Bench} is the command. It splits what was asked for into {@link
 * dev.poro.perf.bench.Trial}s, one engine with one shape of data each, and runs them round by round, every engine in
 * turn, each in a JVM of its own with the class path and the flags that this engine needs ({@link
 * dev.poro.perf.bench.TrialProcess}). So all engines meet the same weather, and none profits from what another one has
 * left in the caches or in the compiler's profile. In that JVM {@link dev.poro.perf.bench.TrialMain} loads the keys,
 * runs one {@link dev.poro.perf.bench.Workload} after the other, and at the end checks every key, before and after
 * opening the store again: an engine that loses something has no figures. {@link dev.poro.perf.bench.Results} keeps
 * the medians over the rounds.
 *
 * <p>An {@link dev.poro.perf.bench.Engine} is what there is to implement for another peer; those outside of this module
 * are in {@code perf/peers}.
 */
package dev.poro.perf.bench;
