// A service with one endpoint, as one writes it in Go: net/http, pgx and golang-jwt. infra/load/bench measures it beside the app.
//
// Environment: PORT, JWT_SECRET (HS256), POOL_SIZE and Postgres's own variables (PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/golang-jwt/jwt"
	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
)

type user struct {
	ID        string    `json:"id"`
	Username  string    `json:"username"`
	Email     *string   `json:"email"`
	Role      string    `json:"role"`
	Disabled  bool      `json:"disabled"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

const selectUser = `
	select id::text, username, email, role, disabled_at is not null, created_at, updated_at
	from users
	where id = $1 and disabled_at is null`

func main() {
	// pgx prepares each statement once for a connection.
	pool, err := pgxpool.Connect(context.Background(), "pool_max_conns="+os.Getenv("POOL_SIZE"))
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	secret := []byte(os.Getenv("JWT_SECRET"))
	http.HandleFunc("/users/me", func(w http.ResponseWriter, r *http.Request) {
		id, err := subject(r, secret)
		if err != nil {
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		var u user
		err = pool.QueryRow(r.Context(), selectUser, id).Scan(&u.ID, &u.Username, &u.Email, &u.Role, &u.Disabled, &u.CreatedAt, &u.UpdatedAt)
		if errors.Is(err, pgx.ErrNoRows) {
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		if err != nil {
			http.Error(w, "unavailable", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(&u); err != nil {
			log.Print(err)
		}
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}

func subject(r *http.Request, secret []byte) (string, error) {
	header := r.Header.Get("Authorization")
	if !strings.HasPrefix(header, "Bearer ") {
		return "", errors.New("no token")
	}
	var claims jwt.RegisteredClaims
	_, err := jwt.ParseWithClaims(header[len("Bearer "):], &claims, func(*jwt.Token) (interface{}, error) { return secret, nil },
		jwt.WithValidMethods([]string{"HS256"}))
	return claims.Subject, err
}
