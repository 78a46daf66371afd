package dev.poro.planted;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Which layer killed which bug, as a table in Markdown. Thread-safe. */
final class KillTable {
    private static final String KILLED = "killed";
    private static final String PASSED = "-";
    private static final String NOT_RUN = "not run";
    private static final String BLIND = "";

    private final List<PlantedBug> bugs;
    private final Map<String, Map<TestLayer, String>> cells = new TreeMap<>();
    private final Map<String, String> firstKillers = new TreeMap<>();

    KillTable(List<PlantedBug> bugs) {
        this.bugs = bugs;
        for (PlantedBug bug : bugs) {
            Map<TestLayer, String> row = new EnumMap<>(TestLayer.class);
            for (TestLayer layer : TestLayer.values()) {
                row.put(layer, layer.runs(bug.packageName()) ? NOT_RUN : BLIND);
            }
            cells.put(bug.id(), row);
        }
    }

    synchronized void put(PlantedBug bug, TestLayer layer, LayerRun.Result result) {
        String killer = result.killer();
        cells.get(bug.id()).put(layer, killer == null ? PASSED : killer.equals(LayerRun.HANG) ? killer : KILLED);
        if (killer != null) {
            firstKillers.putIfAbsent(bug.id(), killer);
        }
    }

    synchronized boolean isKilled(PlantedBug bug) {
        return firstKillers.containsKey(bug.id());
    }

    /** The bugs that no layer has killed. */
    synchronized List<String> survivors() {
        return bugs.stream()
                .map(PlantedBug::id)
                .filter(id -> !firstKillers.containsKey(id))
                .toList();
    }

    synchronized boolean isNotRun(PlantedBug bug, TestLayer layer) {
        return cells.get(bug.id()).get(layer).equals(NOT_RUN);
    }

    /** How many bugs a layer was run against. */
    synchronized long run(TestLayer layer) {
        return killed(layer)
                + cells.values().stream()
                        .filter(row -> row.get(layer).equals(PASSED))
                        .count();
    }

    /** How many bugs a layer has killed. */
    synchronized long killed(TestLayer layer) {
        return cells.values().stream().filter(row -> isKill(row.get(layer))).count();
    }

    private static boolean isKill(String cell) {
        return cell.equals(KILLED) || cell.equals(LayerRun.HANG);
    }

    synchronized String toMarkdown() {
        StringBuilder table = new StringBuilder("| bug | breaks |");
        for (TestLayer layer : TestLayer.values()) {
            table.append(' ').append(layer.title()).append(" |");
        }
        table.append(" first noticed by |\n")
                .append("| --- ".repeat(TestLayer.values().length + 3))
                .append("|\n");
        for (PlantedBug bug : bugs) {
            table.append("| ").append(bug.id()).append(" | ");
            table.append(String.join(" ", bug.requirements())).append(" |");
            cells.get(bug.id())
                    .values()
                    .forEach(cell -> table.append(' ').append(cell).append(" |"));
            table.append(' ')
                    .append(firstKillers.getOrDefault(bug.id(), "**nothing**"))
                    .append(" |\n");
        }
        return table.append(
                        "\n`-`: all tests of the layer passed. `hang`: the layer did not come to its end. Empty: the"
                                + " layer does not run that code. The layer's tests stop at the first failure.\n")
                .toString();
    }
}
