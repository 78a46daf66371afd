package dev.poro.server;

import io.netty.channel.ChannelInitializer;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;

/** Makes a connection of a socket that was accepted. */
final class ConnectionInitializer extends ChannelInitializer<SocketChannel> {
    /** Beyond the upper one, a connection runs nothing and reads nothing, until it is below the lower one. */
    private static final WriteBufferWaterMark MARKS = new WriteBufferWaterMark(64 << 10, 256 << 10);

    private final ServerContext server;
    private final Dispatcher dispatcher;

    ConnectionInitializer(ServerContext server, Dispatcher dispatcher) {
        this.server = server;
        this.dispatcher = dispatcher;
    }

    @Override
    protected void initChannel(SocketChannel channel) {
        channel.config().setWriteBufferWaterMark(MARKS);
        SslContext tls = server.settings().tls();
        Tick tick = ((ServerLoop) channel.eventLoop()).tick();
        if (tls != null) {
            channel.pipeline().addLast(tls.newHandler(channel.alloc()));
        } else {
            channel.config().setRecvByteBufAllocator(tick.receiver());
        }
        channel.pipeline().addLast(new Connection(server, tick, dispatcher));
    }
}
