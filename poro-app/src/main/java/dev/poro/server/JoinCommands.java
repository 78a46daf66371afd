package dev.poro.server;

import dev.poro.command.Command;
import dev.poro.engine.FileSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/** JOIN: gives the files of this node to another one that begins as a copy of it, {@code poro cluster join}. */
final class JoinCommands {
    static final Subcommands SUBCOMMANDS = new Subcommands(
            "JOIN",
            List.of(
                    Command.of(
                            "BEGIN",
                            "",
                            "Hold the files of this node as they are, and show their names and lengths.",
                            JoinCommands::begin),
                    Command.of(
                            "READ",
                            "name offset length",
                            "Show a piece of a file, and its CRC-32C.",
                            JoinCommands::read),
                    Command.of("END", "", "Let the files change again.", JoinCommands::end)));

    private JoinCommands() {}

    private static void begin(ClientSession session, List<byte[]> words) throws IOException {
        ServerCluster cluster = session.server().cluster();
        if (cluster == null) {
            session.replies().error("this is no node of a cluster");
            return;
        }
        session.setJoining(null);
        FileSource files = cluster.files();
        session.setJoining(files);
        Map<String, Long> lengths = files.files();
        session.replies().array(2 * lengths.size());
        for (Map.Entry<String, Long> file : lengths.entrySet()) {
            session.replies().value(file.getKey().getBytes(StandardCharsets.UTF_8));
            session.replies().integer(file.getValue());
        }
    }

    private static void read(ClientSession session, List<byte[]> words) throws IOException {
        FileSource files = session.joining();
        long offset = Words.number(words.get(2));
        long length = Words.number(words.get(3));
        if (files == null) {
            session.replies().error("JOIN BEGIN comes first");
        } else if (offset < 0 || length < 0 || length > FileSource.MAX_PIECE) {
            session.replies().error("a piece has up to " + FileSource.MAX_PIECE + " bytes");
        } else {
            byte[] piece;
            try {
                piece = files.read(Words.text(words.get(1)), offset, (int) length);
            } catch (IOException e) {
                session.replies().error(e.getMessage());
                return;
            }
            CRC32C checksum = new CRC32C();
            checksum.update(piece);
            session.replies().array(2);
            session.replies().value(piece);
            session.replies().integer(checksum.getValue());
        }
    }

    private static void end(ClientSession session, List<byte[]> words) throws IOException {
        session.setJoining(null);
        session.replies().ok();
    }
}
