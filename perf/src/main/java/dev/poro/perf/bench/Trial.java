package dev.poro.perf.bench;

import java.util.List;

/**
 * One engine with one shape of data in one JVM.
 *
 * @param directory where the store is made; does not exist yet
 * @param warmupMillis the most of every workload before it counts; it ends earlier when the rate is steady
 * @param measuredMillis of every workload for the throughput; a third as long again for the latencies
 */
record Trial(
        EngineKind engine,
        Shape shape,
        Durability durability,
        int threads,
        List<Workload> workloads,
        String directory,
        long warmupMillis,
        long measuredMillis) {
    Trial {
        workloads = List.copyOf(workloads);
    }

    /** The conditions. */
    Results.Setting setting() {
        return new Results.Setting(shape, durability, threads);
    }
}
