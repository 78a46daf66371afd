package dev.poro.cluster;

/**
 * Who sends a message.
 *
 * @param node the number of the node
 * @param incarnation random, of this process
 */
record NodeIdentity(int node, long incarnation) {
    boolean is(int otherNode, long otherIncarnation) {
        return node == otherNode && incarnation == otherIncarnation;
    }
}
