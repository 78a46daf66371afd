package dev.poro.wal;

import dev.poro.wal.simulated.SimulatedStorage;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** A directory with a log that a version of Poro has written, and that stays as it is for ever. */
final class GoldenLog {
    private GoldenLog() {}

    static SimulatedStorage load(String directory, List<String> files) throws IOException {
        SimulatedStorage storage = new SimulatedStorage();
        for (String file : files) {
            try (InputStream resource = GoldenLog.class.getResourceAsStream(directory + "/" + file)) {
                storage.put(file, resource.readAllBytes());
            }
        }
        return storage;
    }
}
