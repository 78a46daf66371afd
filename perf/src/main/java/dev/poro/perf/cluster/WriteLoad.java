package dev.poro.perf.cluster;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.HdrHistogram.Histogram;

/**
 * Keeps a number of writes on their way, on one thread: each reply of a connection lets it send another request. Every
 * reply is looked at.
 */
final class WriteLoad implements AutoCloseable {
    private static final byte[] OK = "+OK\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final long MAX_NANOS = 60_000_000_000L;
    private static final long PATIENCE_MS = 20_000;
    private static final int DIGITS = 3;

    private final Selector selector = Selector.open();
    private final List<Sender> senders = new ArrayList<>();
    private final ByteBuffer received = ByteBuffer.allocateDirect(64 << 10);
    private final IntFunction<byte[]> requests;
    private int next;
    private Histogram latencies = new Histogram(MAX_NANOS, DIGITS);

    /** How many requests were answered, and how fast. */
    record Written(long requests, long nanos, Histogram latencies) {
        double perSecond() {
            return requests * 1e9 / nanos;
        }

        double millis(double percentile) {
            return latencies.getValueAtPercentile(percentile) / 1e6;
        }
    }

    /**
     * Connects.
     *
     * @param servers in turns
     * @param pipeline requests of each connection that are on their way
     * @param requests whose replies are OK, by a number that counts from 0 on
     */
    WriteLoad(List<InetSocketAddress> servers, int connections, int pipeline, IntFunction<byte[]> requests)
            throws IOException {
        this.requests = requests;
        try {
            for (int i = 0; i < connections; i++) {
                senders.add(new Sender(SocketChannel.open(servers.get(i % servers.size())), pipeline));
            }
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** SETs of random keys. */
    static IntFunction<byte[]> sets(int keys, int valueLength) {
        String value = "v".repeat(valueLength);
        byte[][] prepared = new byte[1 << 14][];
        for (int i = 0; i < prepared.length; i++) {
            prepared[i] = Client.request("SET", key(Math.floorMod(i * 0x9E3779B97F4A7C15L, keys)), value);
        }
        return number -> prepared[number & prepared.length - 1];
    }

    /** MSETs of keys that follow each other. */
    static IntFunction<byte[]> fill(int keysOfEach, int valueLength) {
        String value = "v".repeat(valueLength);
        return number -> {
            String[] words = new String[1 + 2 * keysOfEach];
            words[0] = "MSET";
            for (int i = 0; i < keysOfEach; i++) {
                words[1 + 2 * i] = key((long) number * keysOfEach + i);
                words[2 + 2 * i] = value;
            }
            return Client.request(words);
        };
    }

    private static String key(long number) {
        String digits = Long.toString(number);
        return "key:" + "0".repeat(12 - digits.length()) + digits;
    }

    /** A connection. */
    private final class Sender {
        private final SocketChannel channel;
        private final long[] sentAt;
        private ByteBuffer output = ByteBuffer.allocate(1 << 10);
        private int sent;
        private int answered;
        private int bytesOfReply;

        Sender(SocketChannel channel, int pipeline) throws IOException {
            this.channel = channel;
            this.sentAt = new long[pipeline];
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, this);
        }

        /** Sends as many requests as may be on their way. */
        void send(int most) throws IOException {
            long now = System.nanoTime();
            int count = Math.min(most, sentAt.length - (sent - answered));
            for (int i = 0; i < count; i++) {
                put(requests.apply(next++));
                sentAt[sent++ % sentAt.length] = now;
            }
            output.flip();
            while (output.hasRemaining()) {
                channel.write(output);
            }
            output.clear();
        }

        private void put(byte[] request) {
            if (output.remaining() < request.length) {
                ByteBuffer longer = ByteBuffer.allocate(2 * (output.capacity() + request.length));
                output = longer.put(output.flip());
            }
            output.put(request);
        }

        /** Returns how many replies have come. */
        int receive() throws IOException {
            received.clear();
            if (channel.read(received) < 0) {
                throw new EOFException("the server has closed the connection");
            }
            received.flip();
            long now = System.nanoTime();
            int before = answered;
            while (received.hasRemaining()) {
                int from = received.position();
                if (received.get() != OK[bytesOfReply]) {
                    throw new IOException("not the reply that was expected: "
                            + StandardCharsets.UTF_8.decode(received.position(from)));
                }
                if (++bytesOfReply == OK.length) {
                    bytesOfReply = 0;
                    latencies.recordValue(Math.min(MAX_NANOS, now - sentAt[answered++ % sentAt.length]));
                }
            }
            return answered - before;
        }

        int onTheirWay() {
            return sent - answered;
        }
    }

    /** Writes for a time, and waits for the last replies. */
    Written run(long nanos) throws IOException {
        return run(nanos, Long.MAX_VALUE);
    }

    /** Writes so many requests, and waits for all replies. */
    Written runAll(long count) throws IOException {
        return run(Long.MAX_VALUE / 2, count);
    }

    private Written run(long nanos, long most) throws IOException {
        latencies = new Histogram(MAX_NANOS, DIGITS);
        long left = most;
        long begin = System.nanoTime();
        for (Sender sender : senders) {
            left -= send(sender, left);
        }
        long count = 0;
        long onTheirWay = senders.stream().mapToLong(Sender::onTheirWay).sum();
        long now = begin;
        while (onTheirWay > 0) {
            if (selector.select(PATIENCE_MS) == 0) {
                throw new IOException("no reply within " + PATIENCE_MS + " ms");
            }
            now = System.nanoTime();
            for (SelectionKey key : selector.selectedKeys()) {
                Sender sender = (Sender) key.attachment();
                int replies = sender.receive();
                count += replies;
                onTheirWay -= replies;
                if (replies > 0 && now - begin < nanos && left > 0) {
                    int more = send(sender, left);
                    left -= more;
                    onTheirWay += more;
                }
            }
            selector.selectedKeys().clear();
        }
        return new Written(count, System.nanoTime() - begin, latencies);
    }

    private static int send(Sender sender, long most) throws IOException {
        int before = sender.onTheirWay();
        sender.send((int) Math.min(Integer.MAX_VALUE, most));
        return sender.onTheirWay() - before;
    }

    @Override
    public void close() throws IOException {
        for (Sender sender : senders) {
            sender.channel.close();
        }
        selector.close();
    }
}
