/**
 * Measurements of Poro: JMH benchmarks ({@code *Benchmark}) and programs that measure what JMH cannot, and check their
 * own results. Nothing here is part of the store.
 */
package dev.poro.perf;
