"""Everything of one ShopMe in one terminal: what `script/server` runs once the packages and the engines are there."""
