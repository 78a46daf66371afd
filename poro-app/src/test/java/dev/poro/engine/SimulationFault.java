package dev.poro.engine;

import dev.poro.wal.SimulatedStorage;
import java.util.ArrayList;
import java.util.List;

/** An operation of the disk that fails in a {@link Simulation}. */
record SimulationFault(String operation, String message) {
    static final List<SimulationFault> KINDS = kinds();

    private static List<SimulationFault> kinds() {
        List<SimulationFault> kinds = new ArrayList<>();
        for (String operation : List.of(
                "force 0",
                "force 0",
                "write 0",
                "create",
                "rename",
                "forceDirectory",
                "delete",
                "open 0",
                "read",
                "map")) {
            kinds.add(new SimulationFault(operation, SimulatedStorage.IO_ERROR));
        }
        for (String operation : List.of("write 0", "create", "rename", "force 0")) {
            kinds.add(new SimulationFault(operation, SimulatedStorage.NO_SPACE));
        }
        return List.copyOf(kinds);
    }

    boolean meansNoSpace() {
        return message.equals(SimulatedStorage.NO_SPACE);
    }
}
