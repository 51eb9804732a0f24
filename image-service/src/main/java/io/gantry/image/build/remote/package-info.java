/**
 * What builds take from elsewhere: files of web servers and trees of git repositories. {@link
 * io.gantry.image.build.remote.RemoteSource} reads their addresses, {@link
 * io.gantry.image.build.remote.GitRepositories} fetches the latter by the node's git.
 */
@NullMarked
package io.gantry.image.build.remote;

import org.jspecify.annotations.NullMarked;
