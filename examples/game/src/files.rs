//! The files of the game: `make-assets` writes this.

/// The name, the size and the integrity of each.
pub(crate) const FILES: &[(&str, u64, &str)] = &[
    ("levels/1.txt", 64, "sha256-VjFMQroBIzYaUJVC53myGrqKHSbYtxINoJgV8twi/mY="),
    ("levels/2.txt", 88, "sha256-zM8SOyun65CAr3KzrAcODEsZNKfxGT9QmDrM8zt7i8U="),
    ("levels/3.txt", 100, "sha256-8bOuSqYA+LZdMXalURRZi8A3IEc9YtWxwdMxXaQk0oI="),
    ("sounds/bounce.wav", 1367, "sha256-xjXgCUJRvWB19riUc5mUGWaKwCYFZ77oo2m174mgPR4="),
    ("sounds/lose.wav", 11069, "sha256-r5irUsXjZjDHdE1ceiaHiZN05jOVr2A/MTi+c15uDh0="),
    ("sounds/shatter.wav", 4013, "sha256-/FgNR8bJYHpBLUQdPZ4y6oXW0BHmKhLU4Os0OSsloFo="),
    ("sounds/win.wav", 13274, "sha256-ipXJHjRGjDvSTMrdoO65ywF8GvDKdbizxPnq081Fi84="),
    ("textures/background.png", 23819, "sha256-t0pBQEaz8+w4SHGcxLp3t2MLdvDp8v6wdhpVVlKyvXM="),
    ("textures/ball.png", 893, "sha256-vF5KRjqEHmYVmLm+oJtQ8gG0YhKuenqHXTMeuZI6J5Y="),
    ("textures/brick.png", 145, "sha256-4IEWniHqC25euDP4lKOqIiWPNbj2sNqmuh8QyXKY6yI="),
    ("textures/paddle.png", 400, "sha256-8HAd/cH/N96Zh5shSo0g97MXZnDHmMGtQqQIpgeLHqI="),
];
