/** Entry point of {@code gantryd}: command line, checks that need no configuration, exit codes. */
@NullMarked
package io.gantry.cri.main;

import org.jspecify.annotations.NullMarked;
