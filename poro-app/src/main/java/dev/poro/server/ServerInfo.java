package dev.poro.server;

import dev.poro.engine.LogReport;
import dev.poro.engine.MemoryReport;
import dev.poro.engine.Poro;
import dev.poro.engine.SnapshotReport;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.Consumer;

/** The state of a server in the form of INFO: sections of lines {@code name:value}, by the names of Redis. */
final class ServerInfo {
    private static final String LINE_END = "\r\n";

    private final StringBuilder text = new StringBuilder();
    private final Map<String, Consumer<ServerContext>> sections = new LinkedHashMap<>();

    private ServerInfo() {
        sections.put("Server", this::addServer);
        sections.put("Clients", this::addClients);
        sections.put("Memory", this::addMemory);
        sections.put("Persistence", this::addPersistence);
        sections.put("Stats", this::addStats);
        sections.put("Replication", this::addReplication);
        sections.put("CPU", this::addCpu);
        sections.put("Modules", context -> {});
        sections.put("Errorstats", this::addErrors);
        sections.put("Cluster", context -> add("cluster_enabled", 0));
        sections.put("Keyspace", this::addKeyspace);
    }

    /** @param asked in lower case; empty for all */
    static String of(ServerContext server, List<String> asked) {
        ServerInfo info = new ServerInfo();
        boolean isAll = asked.isEmpty() || asked.stream().anyMatch(Set.of("all", "default", "everything")::contains);
        info.sections.forEach((name, lines) -> {
            if (isAll || asked.contains(name.toLowerCase(Locale.ROOT))) {
                info.text
                        .append(info.text.length() == 0 ? "" : LINE_END)
                        .append("# ")
                        .append(name)
                        .append(LINE_END);
                lines.accept(server);
            }
        });
        return info.text.toString();
    }

    private void add(String name, Object value) {
        text.append(name).append(':').append(value).append(LINE_END);
    }

    private void addServer(ServerContext context) {
        long uptime = (System.currentTimeMillis() - context.startMillis()) / 1_000;
        String version = ServerInfo.class.getPackage().getImplementationVersion();
        add("redis_version", ConnectionCommands.REDIS_VERSION);
        add("redis_mode", "standalone");
        add("poro_version", version == null ? "unpackaged" : version);
        add(
                "os",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
        add("arch_bits", 64);
        add("java_version", System.getProperty("java.version"));
        add("multiplexing_api", Transport.best().name().toLowerCase(Locale.ROOT));
        add("process_id", ProcessHandle.current().pid());
        add("tcp_port", context.addresses().get(0).getPort());
        add("server_time_usec", System.currentTimeMillis() * 1_000);
        add("uptime_in_seconds", uptime);
        add("uptime_in_days", Duration.ofSeconds(uptime).toDays());
    }

    private void addClients(ServerContext context) {
        add("connected_clients", context.clients().count());
        add("maxclients", context.settings().maxClients());
        add("blocked_clients", context.changeWaits().count());
        add("tracking_clients", 0);
    }

    private void addMemory(ServerContext context) {
        MemoryReport memory = context.poro().memory();
        Runtime java = Runtime.getRuntime();
        add("used_memory", memory.used());
        add("used_memory_human", human(memory.used()));
        add("used_memory_rss", memory.touched());
        add("used_memory_dataset", memory.used());
        add("maxmemory", memory.budget());
        add("maxmemory_human", human(memory.budget()));
        add("maxmemory_policy", "noeviction");
        add("java_heap_used", java.totalMemory() - java.freeMemory());
        add("java_heap_max", java.maxMemory());
        add("mem_allocator", "poro");
    }

    private static String human(long bytes) {
        String units = "BKMGT";
        double value = bytes;
        int unit = 0;
        while (value >= 1_024 && unit < units.length() - 1) {
            value /= 1_024;
            unit++;
        }
        return unit == 0 ? bytes + "B" : String.format(Locale.ROOT, "%.2f%s", value, units.charAt(unit));
    }

    private void addPersistence(ServerContext context) {
        LogReport log = context.poro().log();
        SnapshotReport snapshot = log.newestSnapshot();
        add("loading", 0);
        add("aof_enabled", 1);
        add("aof_last_write_status", "ok");
        add("aof_current_size", log.segmentBytes());
        add("rdb_bgsave_in_progress", log.isSnapshotInProgress() ? 1 : 0);
        add("rdb_last_save_time", snapshot == null ? 0 : snapshot.created().getEpochSecond());
        add("rdb_last_bgsave_status", log.snapshotProblem() == null ? "ok" : "err");
        add("rdb_changes_since_last_save", log.lastSequence() - (snapshot == null ? 0 : snapshot.sequence()));
        add("poro_sequence", log.lastSequence());
        add("poro_durable_sequence", log.durableSequence());
        add("poro_sync_policy", context.poro().syncPolicy().name().toLowerCase(Locale.ROOT));
    }

    private void addStats(ServerContext context) {
        ServerStats stats = context.stats();
        add("total_connections_received", stats.connections.sum());
        add("total_commands_processed", stats.commands.sum());
        add("total_net_input_bytes", stats.bytesIn.sum());
        add("total_net_output_bytes", stats.bytesOut.sum());
        add("rejected_connections", stats.rejectedConnections.sum());
        add("client_output_buffer_limit_disconnections", stats.outputLimitDisconnections.sum());
        add("protocol_errors", stats.protocolErrors.sum());
        add(
                "total_error_replies",
                stats.errors().values().stream().mapToLong(Long::longValue).sum());
        add("evicted_keys", 0);
        add("pubsub_channels", context.pubSub().channelCount());
        add("pubsub_patterns", context.pubSub().patternCount());
    }

    /** Any node takes writes; but clients of Redis expect one master, and where it is. */
    private void addReplication(ServerContext context) {
        if (context.cluster() == null) {
            add("role", "master");
            add("connected_slaves", 0);
            add("master_repl_offset", context.poro().sequence());
            return;
        }
        ServerCluster.State state = context.cluster().state();
        add("role", state.isLeader() ? "master" : "slave");
        if (state.isLeader()) {
            add("connected_slaves", state.nodes() - 1);
        } else {
            add("master_host", state.leaderHost());
            add("master_port", state.leaderPort());
            add("master_link_status", state.isConnected() ? "up" : "down");
            add("slave_repl_offset", context.poro().sequence());
            add("slave_read_only", 0);
        }
        add("master_repl_offset", context.poro().sequence());
        add("poro_cluster_node", state.node());
        add("poro_cluster_nodes", state.nodes());
        add("poro_cluster_leader", state.leader());
        add("poro_cluster_connected", state.isConnected() ? 1 : 0);
        add("poro_cluster_term", state.term());
        add("poro_cluster_position", state.position());
    }

    private void addCpu(ServerContext context) {
        Duration cpu = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
        add("used_cpu_user", cpu.toMillis() / 1e3);
        add("used_cpu_sys", "0.0");
        add("java_threads", ManagementFactory.getThreadMXBean().getThreadCount());
    }

    private void addErrors(ServerContext context) {
        context.stats().errors().forEach((code, count) -> add("errorstat_" + code, "count=" + count));
    }

    private void addKeyspace(ServerContext context) {
        Poro poro = context.poro();
        if (poro.keys() > 0) {
            StringJoiner line = new StringJoiner(",");
            line.add("keys=" + poro.keys())
                    .add("expires=" + poro.expiry().keys())
                    .add("avg_ttl=0");
            add("db0", line);
        }
    }
}
