package dev.poro.server;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What a server has counted since its start, or since CONFIG RESETSTAT. Thread-safe. */
final class ServerStats {
    final LongAdder connections = new LongAdder();
    final LongAdder rejectedConnections = new LongAdder();
    final LongAdder commands = new LongAdder();
    final LongAdder bytesIn = new LongAdder();
    final LongAdder bytesOut = new LongAdder();
    final LongAdder outputLimitDisconnections = new LongAdder();
    final LongAdder protocolErrors = new LongAdder();
    private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();

    void addError(String code) {
        errors.computeIfAbsent(code, any -> new LongAdder()).increment();
    }

    /** How often each code was replied. */
    Map<String, Long> errors() {
        Map<String, Long> counts = new TreeMap<>();
        errors.forEach((code, count) -> counts.put(code, count.sum()));
        return counts;
    }

    void reset() {
        for (LongAdder counter : new LongAdder[] {
            connections, rejectedConnections, commands, bytesIn, bytesOut, outputLimitDisconnections, protocolErrors
        }) {
            counter.reset();
        }
        errors.clear();
    }
}
