package dev.poro.server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;

/** How the server does I/O: by Netty's native epoll if it loads, otherwise by the JDK's NIO. */
enum Transport {
    EPOLL {
        @Override
        IoHandlerFactory newIoHandlerFactory() {
            return EpollIoHandler.newFactory();
        }

        @Override
        void configure(ServerBootstrap bootstrap) {
            bootstrap
                    .channel(EpollServerSocketChannel.class)
                    .childOption(EpollChannelOption.TCP_KEEPIDLE, KEEP_ALIVE_S)
                    .childOption(EpollChannelOption.TCP_KEEPINTVL, KEEP_ALIVE_S / KEEP_ALIVE_PROBES)
                    .childOption(EpollChannelOption.TCP_KEEPCNT, KEEP_ALIVE_PROBES);
        }
    },
    NIO {
        @Override
        IoHandlerFactory newIoHandlerFactory() {
            return NioIoHandler.newFactory();
        }

        @Override
        void configure(ServerBootstrap bootstrap) {
            bootstrap.channel(NioServerSocketChannel.class);
        }
    };

    /** As Redis does: a client that is gone without a word is noticed after twice this time. */
    static final int KEEP_ALIVE_S = 300;

    private static final int KEEP_ALIVE_PROBES = 3;

    /** The kernel cuts it to its own limit, 4,096 by default on Linux. */
    private static final int BACKLOG = 4_096;

    abstract IoHandlerFactory newIoHandlerFactory();

    abstract void configure(ServerBootstrap bootstrap);

    final ServerBootstrap newBootstrap() {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        configure(bootstrap);
        return bootstrap;
    }

    /** The best one here. */
    static Transport best() {
        try {
            return Epoll.isAvailable() ? EPOLL : NIO;
        } catch (NoClassDefFoundError e) {
            // An embedder may leave Netty's epoll out.
            return NIO;
        }
    }
}
