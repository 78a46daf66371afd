package dev.poro.cli;

import dev.poro.command.Replies;
import dev.poro.engine.FileSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/** The files of a node, over a connection to its server: by JOIN. One thread. */
final class ServerFiles implements FileSource {
    private final ServerConnection server;
    private final Map<String, Long> lengths = new LinkedHashMap<>();

    /** @throws IOException if the node does not give its files, as when it does not reach a leader */
    ServerFiles(ServerConnection server) throws IOException {
        this.server = server;
        Reply reply = ask("JOIN", "BEGIN");
        if (reply.values.size() != reply.numbers.size()) {
            throw new IOException(server.endpoint() + " gives no list of files");
        }
        for (int i = 0; i < reply.numbers.size(); i++) {
            lengths.put(new String(reply.values.get(i), StandardCharsets.UTF_8), reply.numbers.get(i));
        }
    }

    @Override
    public Map<String, Long> files() {
        return lengths;
    }

    @Override
    public byte[] read(String name, long offset, int length) throws IOException {
        Reply reply = ask("JOIN", "READ", name, Long.toString(offset), Integer.toString(length));
        if (reply.values.size() != 1 || reply.numbers.size() != 1 || reply.values.get(0).length > length) {
            throw new IOException(server.endpoint() + " gives no piece of '" + name + "'");
        }
        byte[] piece = reply.values.get(0);
        CRC32C checksum = new CRC32C();
        checksum.update(piece);
        if (checksum.getValue() != reply.numbers.get(0)) {
            throw new IOException("a piece of '" + name + "' at offset " + offset + " was changed on its way");
        }
        return piece;
    }

    private Reply ask(String... words) throws IOException {
        server.send(Arrays.stream(words)
                .map(word -> word.getBytes(StandardCharsets.UTF_8))
                .toList());
        Reply reply = new Reply();
        server.read(reply);
        if (reply.error != null) {
            throw new IOException(server.endpoint() + " says: " + reply.error);
        }
        return reply;
    }

    /** The end of the connection is enough for the server. */
    @Override
    public void close() {
        server.abort();
    }

    /** An array of values and numbers, or an error. */
    private static final class Reply implements Replies {
        private final List<byte[]> values = new ArrayList<>();
        private final List<Long> numbers = new ArrayList<>();
        private String error;

        @Override
        public void ok() {}

        @Override
        public void status(String word) {}

        @Override
        public void integer(long value) {
            numbers.add(value);
        }

        @Override
        public void value(byte[] value) {
            if (value != null) {
                values.add(value);
            }
        }

        @Override
        public void array(int count) {}

        @Override
        public void noArray() {}

        @Override
        public void text(String text) {}

        @Override
        public void error(String code, String message) {
            error = code.equals(GENERAL_ERROR) ? message : code + " " + message;
        }
    }
}
