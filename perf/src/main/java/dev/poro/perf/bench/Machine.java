package dev.poro.perf.bench;

import dev.poro.perf.Processes;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the figures were measured on. */
public final class Machine {
    private Machine() {}

    /**
     * Processor, memory, system, JVM with the options in PORO_OPTS, and the kind of file system that {@code directory}
     * is on.
     */
    public static Map<String, String> describe(Path directory) throws IOException {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("processor", Runtime.getRuntime().availableProcessors() + " x " + processor());
        facts.put("memory", memory() / (1 << 20) + " MiB");
        facts.put(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
        facts.put("file system", Files.getFileStore(directory).type());
        facts.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        if (!Processes.moreOptions().isEmpty()) {
            facts.put("options", String.join(" ", Processes.moreOptions()));
        }
        return facts;
    }

    private static String processor() throws IOException {
        Path file = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(file)) {
            return System.getProperty("os.arch");
        }
        List<String> lines = Files.readAllLines(file);
        return fact(lines, "model name")
                .map(name -> name
                        + fact(lines, "cpu family")
                                .map(family -> ", family " + family)
                                .orElse("")
                        + fact(lines, "model").map(model -> ", model " + model).orElse(""))
                .orElse(System.getProperty("os.arch"));
    }

    /** Virtual machines often give only a maker's name; family and model tell what it is. */
    private static Optional<String> fact(List<String> lines, String name) {
        return lines.stream()
                .map(line -> line.split(":", 2))
                .filter(parts -> parts.length == 2 && parts[0].strip().equals(name))
                .map(parts -> parts[1].strip())
                .findFirst();
    }

    /** Bytes of memory that this machine, or this container, has. */
    static long memory() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getTotalMemorySize();
    }
}
