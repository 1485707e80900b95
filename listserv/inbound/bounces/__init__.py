"""What comes back from members' addresses: reports taken, addresses stopped, probed, told of, and started again."""
