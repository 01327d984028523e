# cabinet
