"""What is wrapped around records: answers of search services, texts that hold records, and what nobody has named."""
