"""Reports: what servers and providers say of mail we sent. `report.read.read_report` is the door."""
