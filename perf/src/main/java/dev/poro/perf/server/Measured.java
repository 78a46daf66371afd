package dev.poro.perf.server;

/**
 * What one run of a load has shown. Latencies are those of a request, or of a pipeline of requests that are sent at
 * once, in microseconds; 0 if the tool does not tell.
 */
record Measured(double requestsPerSecond, double processorMicros, double p50, double p99, double p999) {}
