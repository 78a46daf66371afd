/**
 * Poro and Redis as servers, side by side: {@code perf/bin/server-bench}.
 *
 * <p>{@link dev.poro.perf.server.ServerBench} is the command. Round by round it starts one server after the other, so
 * that both meet the same weather, warms it up, and sends it each {@link dev.poro.perf.server.Load}: once by
 * redis-benchmark, and once by {@link dev.poro.perf.server.SocketClient}, which does less for a request than the
 * server and so can saturate it. It takes the processor time of the server from {@code /proc}. {@link
 * dev.poro.perf.server.ServerResults} keeps the medians over the rounds.
 */
package dev.poro.perf.server;
