/**
 * Images for those who use them: {@link io.gantry.image.service.ImageManager} pulls, lists and
 * removes; {@link io.gantry.image.service.RootfsStore} gives containers their root file system;
 * {@link io.gantry.image.service.ImageService} opens both on a state directory.
 */
@NullMarked
package io.gantry.image.service;

import org.jspecify.annotations.NullMarked;
