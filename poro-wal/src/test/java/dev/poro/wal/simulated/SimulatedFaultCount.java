package dev.poro.wal.simulated;

/** A {@link SimulatedFault} that was injected, and how often it was met. Guarded by the storage. */
final class SimulatedFaultCount {
    private final SimulatedFault fault;
    private int met;

    SimulatedFaultCount(SimulatedFault fault) {
        this.fault = fault;
    }

    SimulatedFault fault() {
        return fault;
    }

    /** Whether this operation is one of those that go wrong. */
    boolean hits(SimulatedOperation operation) {
        if (!fault.which().test(operation)) {
            return false;
        }
        met++;
        return met >= fault.first() && met <= fault.last();
    }
}
